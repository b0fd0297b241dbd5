import { Connection, Switch } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

const SEE = ['manager', 'admin', 'dispatcher', 'shift_lead', 'supervisor', 'agent', 'online_agent']

export const routes: RouteRecordRaw[] = [
  {
    path: '/partner/:number?',
    name: 'partner',
    component: () => import('./PartnerDesk.vue'),
    meta: { roles: ['partner'], entry: { label: { zh: '联动移交', en: 'Hand-overs' }, rank: 18, icon: Switch } },
  },
  {
    path: '/partners',
    name: 'partners',
    component: () => import('./Partners.vue'),
    meta: { roles: SEE, entry: { label: { zh: '联动单位', en: 'Linked partners' }, rank: 570, icon: Connection } },
  },
]
