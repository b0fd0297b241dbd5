import { Promotion } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/dispatch',
    name: 'dispatch',
    component: () => import('./DispatchDesk.vue'),
    meta: { roles: ['dispatcher', 'shift_lead'], entry: { label: { zh: '派单台', en: 'Dispatch' }, rank: 20, icon: Promotion } },
  },
]
