import { DataBoard } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

const roles = ['manager', 'superior', 'shift_lead', 'supervisor']

export const routes: RouteRecordRaw[] = [
  {
    path: '/board',
    name: 'board',
    component: () => import('./Board.vue'),
    meta: { roles, entry: { label: { zh: '运行态势', en: 'Live board' }, rank: 60, icon: markRaw(DataBoard), first: ['manager', 'superior'] } },
  },
  {
    path: '/board/:source(orders|worklist)',
    name: 'board-orders',
    component: () => import('./TallyOrders.vue'),
    meta: { roles, title: { zh: '态势所列工单', en: 'Orders of the board' } },
  },
]
