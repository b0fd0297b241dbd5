import { TrendCharts } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

const roles = ['manager', 'superior', 'shift_lead', 'supervisor', 'dispatcher', 'qa', 'unit_reviewer', 'company']

export const routes: RouteRecordRaw[] = [
  {
    path: '/indicators',
    name: 'indicators',
    component: () => import('./Indicators.vue'),
    meta: { roles, entry: { label: { zh: '指标', en: 'Indicators' }, rank: 520, icon: markRaw(TrendCharts) } },
  },
  {
    path: '/indicators/:name/orders',
    name: 'indicator-orders',
    component: () => import('./FigureOrders.vue'),
    meta: { roles, title: { zh: '指标所含工单', en: 'Orders behind a figure' } },
  },
]
