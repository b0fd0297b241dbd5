import base from '/work/wt/order/console/vite.config.ts'
export default { ...base, root: '/work/wt/order/console', cacheDir: '/tmp/order/vite', server: { port: 14778, strictPort: true, host: '127.0.0.1', fs: { strict: false }, proxy: { '/api': { target: 'http://127.0.0.1:14777', changeOrigin: true, headers: { origin: 'http://127.0.0.1:14777' } } } } }
