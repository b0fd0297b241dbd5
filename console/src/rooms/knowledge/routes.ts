import { Reading } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/knowledge',
    name: 'knowledge',
    component: () => import('./Knowledge.vue'),
    meta: { entry: { label: { zh: '知识库', en: 'Knowledge' }, rank: 890, icon: Reading } },
  },
  {
    path: '/knowledge/:id(\\d+)',
    name: 'knowledge-item',
    component: () => import('./ItemPage.vue'),
    props: ({ params }) => ({ id: Number(params.id) }),
    meta: { title: { zh: '知识条目', en: 'Knowledge item' } },
  },
]
