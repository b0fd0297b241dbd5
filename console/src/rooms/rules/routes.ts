import { Notebook } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/rules',
    name: 'rules',
    component: () => import('./Rules.vue'),
    meta: { roles: ['manager', 'admin', 'superior', 'supervisor', 'auditor'], entry: { label: { zh: '本地规则', en: 'Rules of the place' }, rank: 720, icon: markRaw(Notebook) } },
  },
]
