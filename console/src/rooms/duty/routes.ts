import { Bell } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/duty',
    name: 'duty',
    component: () => import('./DutyOffice.vue'),
    meta: { roles: ['shift_lead', 'agent'], entry: { label: { zh: '值班室', en: 'Duty office' }, rank: 14, icon: Bell } },
  },
]
