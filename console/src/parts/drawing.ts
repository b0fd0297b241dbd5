/** The drawing library, loaded apart: only what these charts need of it. */
import { BarChart, LineChart, PieChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use, type ComposeOption, type ECharts } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { BarSeriesOption, LineSeriesOption, PieSeriesOption } from 'echarts/charts'
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from 'echarts/components'
import { shown, type Plot } from './plot'

use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])

type Option = ComposeOption<
  BarSeriesOption | LineSeriesOption | PieSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption
>

/** Colours and letters of the page the chart stands in. */
interface Look {
  colours: string[]
  text: string
  quiet: string
  rule: string
  font: string
  size: number
}

function look(at: HTMLElement, size = 14): Look {
  const style = getComputedStyle(at)
  const token = (name: string): string => style.getPropertyValue(name).trim()
  return {
    colours: [1, 2, 3, 4, 5, 6].map((number) => token(`--y-chart-${number}`)),
    // Tokens, not the element's own colour: that may just be on its way from one look to another.
    text: token('--y-chart-text'),
    quiet: token('--y-chart-quiet'),
    rule: token('--y-chart-rule'),
    font: style.fontFamily,
    size,
  }
}

function tint(at: HTMLElement, colour: string | undefined): string | undefined {
  return colour?.startsWith('--') ? getComputedStyle(at).getPropertyValue(colour).trim() : colour
}

function option(at: HTMLElement, plot: Plot): Option {
  const { colours, text, quiet, rule, font, size } = look(at, plot.size)
  const words = { color: text, fontFamily: font, fontSize: size }
  const named = plot.series.length > 1 || plot.shape === 'ring'
  const common: Option = {
    animation: false,
    color: colours,
    textStyle: { fontFamily: font, fontSize: size },
    tooltip: { trigger: plot.shape === 'ring' ? 'item' : 'axis', confine: true, valueFormatter: (value) => shown(value as number | null, plot.percent), textStyle: { fontFamily: font } },
    legend: named ? { bottom: 0, icon: 'roundRect', itemWidth: 14, itemHeight: 10, textStyle: words } : undefined,
  }
  if (plot.shape === 'ring') return { ...common, series: [ring(at, plot, words)] }
  const values = { type: 'value' as const, max: plot.percent ? 1 : undefined, minInterval: plot.percent ? undefined : 1, splitLine: { lineStyle: { color: rule } }, axisLabel: { ...words, color: quiet, formatter: (value: number) => (plot.percent ? `${Math.round(value * 100)}%` : shown(value)) } }
  const members = { type: 'category' as const, data: plot.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: rule } }, axisLabel: { ...words, hideOverlap: true, width: 180, overflow: 'truncate' as const } }
  const lying = plot.shape === 'lying'
  return {
    ...common,
    grid: { left: 8, right: lying ? 56 : 16, top: 20, bottom: named ? 36 : 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: lying ? values : members,
    yAxis: lying ? { ...members, inverse: true } : values,
    series: plot.series.map((one) => {
      const colour = tint(at, one.colour)
      const each = { name: one.name, data: one.values.map((value) => value ?? '-'), itemStyle: colour ? { color: colour } : undefined }
      if (plot.shape === 'line') return { ...each, type: 'line', symbolSize: 6, lineStyle: { width: 3, ...(colour ? { color: colour } : {}) } }
      const label = { show: !one.stack && !one.bare && plot.labels.length <= 16, position: lying ? ('right' as const) : ('top' as const), color: text, fontFamily: font, formatter: ({ value }: { value: unknown }) => shown(value as number | null, plot.percent) }
      return { ...each, type: 'bar', stack: one.stack ? 'all' : undefined, barMaxWidth: 28, label, cursor: plot.picks ? 'pointer' : 'default' } as BarSeriesOption
    }),
  }
}

function ring(at: HTMLElement, plot: Plot, words: { color: string; fontFamily: string; fontSize: number }): PieSeriesOption {
  const [first] = plot.series
  const data = plot.labels.map((name, index) => ({ name, value: first?.values[index] ?? 0, itemStyle: { color: tint(at, plot.colours?.[index]) } }))
  return { type: 'pie', radius: ['48%', '72%'], center: ['50%', '44%'], data: data.filter(({ value }) => value > 0), label: { ...words, formatter: '{b} {c}' }, cursor: plot.picks ? 'pointer' : 'default' }
}

/** A chart in its place; `show` draws anew, `end` frees it. */
export function draw(at: HTMLElement, pick: (label: string, series: string) => void): { show: (plot: Plot) => void; fit: () => void; end: () => void } {
  const chart: ECharts = init(at, undefined, { renderer: 'svg' })
  chart.on('click', (event) => pick(event.name, event.seriesName ?? ''))
  return {
    show: (plot) => chart.setOption(option(at, plot), { notMerge: true }),
    fit: () => chart.resize(),
    end: () => chart.dispose(),
  }
}
