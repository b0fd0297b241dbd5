import { Collection, Guide } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

const KEEPERS = ['manager', 'admin'] as const

export const routes: RouteRecordRaw[] = [
  {
    path: '/catalogue',
    name: 'catalogue',
    component: () => import('./Catalogue.vue'),
    meta: { roles: [...KEEPERS, 'dispatcher', 'shift_lead'], entry: { label: { zh: '派单目录', en: 'Catalogue' }, rank: 840, icon: Guide } },
  },
  {
    path: '/categories',
    name: 'categories',
    component: () => import('./Categories.vue'),
    meta: { roles: KEEPERS, entry: { label: { zh: '诉求分类', en: 'Categories' }, rank: 842, icon: Collection } },
  },
]
