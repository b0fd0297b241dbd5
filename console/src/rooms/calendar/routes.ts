import { Calendar } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/calendar',
    name: 'calendar',
    component: () => import('./CalendarPage.vue'),
    meta: { roles: ['manager', 'admin'], entry: { label: { zh: '工作日历', en: 'Calendar' }, rank: 850, icon: Calendar } },
  },
]
