import { Key, UserFilled } from '@element-plus/icons-vue'
import type { RouteRecordRaw } from 'vue-router'

const THREE = ['admin', 'security_admin', 'auditor'] as const

export const routes: RouteRecordRaw[] = [
  {
    path: '/accounts',
    name: 'accounts',
    component: () => import('./Accounts.vue'),
    meta: { roles: THREE, entry: { label: { zh: '账号', en: 'Accounts' }, rank: 810, icon: UserFilled, first: ['admin', 'security_admin'] } },
  },
  {
    path: '/accounts/:id(\\d+)',
    name: 'account-detail',
    component: () => import('./AccountPage.vue'),
    props: ({ params }) => ({ id: Number(params.id) }),
    meta: { roles: THREE, title: { zh: '账号详情', en: 'Account' } },
  },
  {
    path: '/roles',
    name: 'roles',
    component: () => import('./Roles.vue'),
    meta: { roles: THREE, entry: { label: { zh: '岗位说明', en: 'Roles' }, rank: 815, icon: Key } },
  },
]
