import type { Component } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { begin, holdsAny, me, owes } from '@/session'

/** An entry of the menu. */
export interface Entry {
  label: { zh: string; en: string }
  /** Place in the menu, and what opens after signing in: the lowest the account may see. */
  rank: number
  icon: Component
  /** Roles whose day begins here, whatever ranks before. */
  first?: readonly string[]
}

declare module 'vue-router' {
  interface RouteMeta {
    /** Roles whose page this is, and who see its entry; absent: everybody who is signed in. */
    roles?: readonly string[]
    entry?: Entry
    /** Title of the page, where no entry names it. */
    title?: { zh: string; en: string }
    open?: boolean
  }
}

/** Each room brings its own pages. */
const found = import.meta.glob<{ routes: RouteRecordRaw[] }>('./rooms/*/routes.ts', { eager: true })
export const pages: RouteRecordRaw[] = Object.values(found).flatMap(({ routes }) => routes)

export const router = createRouter({
  history: createWebHistory('/console/'),
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
  routes: [
    { path: '/sign-in', name: 'sign-in', component: () => import('@/shell/SignIn.vue'), meta: { open: true, title: { zh: '登录', en: 'Sign in' } } },
    { path: '/account', name: 'account', component: () => import('@/shell/Account.vue'), meta: { title: { zh: '本人账号', en: 'My account' } } },
    { path: '/', name: 'home', component: () => import('@/shell/Home.vue'), meta: { title: { zh: '首页', en: 'Home' } } },
    ...pages,
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('@/shell/Nowhere.vue'), meta: { title: { zh: '没有这个页面', en: 'No such page' } } },
  ],
})

export function mayOpen(meta: { roles?: readonly string[] }): boolean {
  return !meta.roles || holdsAny(meta.roles)
}

/** The entries of the menu this account sees, in order. */
export function menu(): RouteRecordRaw[] {
  return pages.filter(({ meta }) => meta?.entry && mayOpen(meta)).sort((a, b) => a.meta!.entry!.rank - b.meta!.entry!.rank)
}

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  if (!(await begin())) return { name: 'sign-in', query: to.path === '/' ? {} : { next: to.fullPath } }
  if (owes.value && to.name !== 'account') return { name: 'account' }
  if (to.name === 'home' && !owes.value) {
    const first = menu().find(({ meta }) => meta?.entry?.first && holdsAny(meta.entry.first)) ?? menu()[0]
    if (first?.name) return { name: first.name }
  }
  if (!mayOpen(to.meta)) return { name: 'nowhere', params: { rest: ['denied'] } }
  return me.value !== undefined
})

// The console has been built anew since this page was loaded: its other parts are gone, the new ones are a load away.
router.onError((error: Error, to) => {
  if (/dynamically imported module|module script|preload/i.test(error.message)) window.location.assign(router.resolve(to).href)
})
