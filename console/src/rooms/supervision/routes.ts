import { Bell } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/supervision/:number?',
    name: 'supervision',
    component: () => import('./SupervisionDesk.vue'),
    meta: { roles: ['supervisor', 'shift_lead', 'manager'], entry: { label: { zh: '督办台', en: 'Supervision' }, rank: 24, icon: Bell } },
  },
]
