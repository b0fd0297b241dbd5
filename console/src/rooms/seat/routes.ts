import { Headset } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/seat',
    name: 'seat',
    component: () => import('./SeatDesk.vue'),
    meta: {
      roles: ['agent', 'shift_lead', 'subcentre_agent'],
      entry: { label: { zh: '话务坐席', en: 'Seat' }, rank: 10, icon: Headset },
    },
  },
]
