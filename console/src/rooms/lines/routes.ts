import { PhoneFilled } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

/** Who sees orders sees the register; the managing body keeps it. */
const roles = ['manager', 'superior', 'supervisor', 'shift_lead', 'dispatcher', 'agent', 'online_agent', 'qa', 'expert']

export const routes: RouteRecordRaw[] = [
  {
    path: '/lines',
    name: 'lines',
    component: () => import('./Lines.vue'),
    meta: { roles, entry: { label: { zh: '热线归并', en: 'Merge of hotlines' }, rank: 560, icon: markRaw(PhoneFilled) } },
  },
  { path: '/lines/new', name: 'line-new', component: () => import('./NewLine.vue'), meta: { roles: ['manager'], title: { zh: '登记热线', en: 'Enter a line' } } },
  { path: '/lines/comparison', name: 'line-comparison', component: () => import('./Comparison.vue'), meta: { roles, title: { zh: '与上级清单对照', en: 'Comparison of lists' } } },
  { path: '/lines/:number(\\d+)', name: 'line', component: () => import('./Line.vue'), meta: { roles, title: { zh: '一条热线', en: 'One line' } } },
]
