import { Medal, Shop } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/company',
    name: 'company',
    component: () => import('./OwnCompany.vue'),
    meta: { roles: ['company'], entry: { label: { zh: '本企业评价', en: 'Our record' }, rank: 24, icon: Medal } },
  },
  {
    path: '/companies',
    name: 'companies',
    component: () => import('./Companies.vue'),
    meta: { roles: ['manager', 'supervisor', 'admin', 'dispatcher', 'shift_lead'], entry: { label: { zh: '服务企业', en: 'Service companies' }, rank: 572, icon: Shop } },
  },
]
