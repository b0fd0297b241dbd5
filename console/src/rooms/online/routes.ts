import { Monitor } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/online',
    name: 'online',
    component: () => import('./OnlineDesk.vue'),
    meta: { roles: ['online_agent', 'shift_lead'], entry: { label: { zh: '网络坐席', en: 'Online desk' }, rank: 12, icon: Monitor } },
  },
]
