import { Finished } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/review',
    name: 'review',
    component: () => import('./ReviewDesk.vue'),
    meta: { roles: ['dispatcher', 'shift_lead', 'manager', 'supervisor'], entry: { label: { zh: '审核台', en: 'Review' }, rank: 25, icon: Finished } },
  },
]
