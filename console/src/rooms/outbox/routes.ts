import { Promotion } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/outbox',
    name: 'outbox',
    component: () => import('./Outbox.vue'),
    meta: { roles: ['admin', 'manager'], entry: { label: { zh: '外发消息', en: 'Outbox' }, rank: 860, icon: Promotion } },
  },
]
