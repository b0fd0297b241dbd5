import { PhoneFilled } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/revisit/:number?',
    name: 'revisit',
    component: () => import('./RevisitDesk.vue'),
    meta: { roles: ['revisit_clerk'], entry: { label: { zh: '回访台', en: 'Revisits' }, rank: 16, icon: PhoneFilled } },
  },
]
