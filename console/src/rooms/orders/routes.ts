import { Tickets } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

/** Roles that see orders at all. */
const READERS = [
  'agent', 'online_agent', 'dispatcher', 'shift_lead', 'supervisor', 'revisit_clerk', 'qa', 'expert', 'unit_receiver', 'unit_handler',
  'unit_reviewer', 'subcentre_agent', 'manager', 'superior', 'partner', 'company',
]

export const routes: RouteRecordRaw[] = [
  {
    path: '/orders',
    name: 'orders',
    component: () => import('./OrdersPage.vue'),
    meta: { roles: READERS, entry: { label: { zh: '全部工单', en: 'All orders' }, rank: 80, icon: Tickets } },
  },
]
