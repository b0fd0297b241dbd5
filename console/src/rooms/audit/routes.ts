import { View } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/audit',
    name: 'audit',
    component: () => import('./Audit.vue'),
    meta: { roles: ['auditor'], entry: { label: { zh: '审计日志', en: 'Audit' }, rank: 800, icon: View } },
  },
]
