import { Stamp } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/decisions',
    name: 'decisions',
    component: () => import('./Decisions.vue'),
    meta: {
      roles: ['manager', 'superior', 'security_admin'],
      entry: { label: { zh: '待我决定', en: 'To decide' }, rank: 65, icon: markRaw(Stamp) },
    },
  },
]
