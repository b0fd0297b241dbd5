import { OfficeBuilding } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

const KEEPERS = ['manager', 'admin'] as const

export const routes: RouteRecordRaw[] = [
  {
    path: '/units',
    name: 'units',
    component: () => import('./Units.vue'),
    meta: { roles: KEEPERS, entry: { label: { zh: '辖区与单位', en: 'Units' }, rank: 830, icon: OfficeBuilding } },
  },
  {
    path: '/units/:id(\\d+)',
    name: 'unit-detail',
    component: () => import('./UnitPage.vue'),
    props: ({ params }) => ({ id: Number(params.id) }),
    meta: { roles: KEEPERS, title: { zh: '单位详情', en: 'Unit' } },
  },
]
