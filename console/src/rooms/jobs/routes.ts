import { Download } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/jobs',
    name: 'jobs',
    component: () => import('./Jobs.vue'),
    meta: {
      roles: ['dispatcher', 'shift_lead', 'supervisor', 'revisit_clerk', 'qa', 'unit_receiver', 'unit_handler', 'unit_reviewer', 'manager', 'superior'],
      entry: { label: { zh: '我的任务', en: 'My jobs' }, rank: 900, icon: markRaw(Download) },
    },
  },
]
