import { OfficeBuilding } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

const OFFICERS = ['unit_receiver', 'unit_handler', 'unit_reviewer', 'subcentre_agent', 'company', 'partner']

export const routes: RouteRecordRaw[] = [
  {
    path: '/unit/:number?',
    name: 'unit',
    component: () => import('./UnitDesk.vue'),
    meta: { roles: OFFICERS, entry: { label: { zh: '承办工作台', en: 'Unit desk' }, rank: 20, icon: OfficeBuilding } },
  },
]
