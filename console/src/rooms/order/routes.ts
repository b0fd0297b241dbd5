import type { RouteRecordRaw } from 'vue-router'

/** Who may read orders at all is the server's to say; the page shows its refusal. */
export const routes: RouteRecordRaw[] = [
  { path: '/orders/:number([0-9]+[0-9X])', name: 'order', component: () => import('./OrderPage.vue'), props: true, meta: { title: { zh: '工单', en: 'Order' } } },
  { path: '/orders/:number([0-9]+[0-9X])/print', name: 'order-print', component: () => import('./PrintPage.vue'), props: true, meta: { title: { zh: '打印工单', en: 'Print an order' } } },
]
