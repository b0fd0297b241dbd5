import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import '@/theme/theme.css'
import App from '@/App.vue'
import { queries } from '@/api/queries'
import { router } from '@/router'
import { words } from '@/words'

createApp(App).use(words).use(router).use(VueQueryPlugin, { queryClient: queries }).mount('#app')
