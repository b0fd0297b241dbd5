export const zh = {
  title: '网络坐席',
  queue: '待受理',
  entry: '录入来件',
  all: '全部渠道',
  enterprise: '企业',
  filter: '按渠道筛选',
  hint: '短信、来信、传真等在渠道接通前由人工录入：请附扫描件，并填写事发时间。',
  next: '已处置，下一件：{title}',
  over: '已处置，没有待受理的来件了',
}

export const en: typeof zh = {
  title: 'Online desk',
  queue: 'To take on',
  entry: 'Type in',
  all: 'All channels',
  enterprise: 'Enterprise',
  filter: 'By channel',
  hint: 'Texts, letters and faxes are typed in until their channels are connected: attach the scan and say when it happened.',
  next: 'Done. Next: {title}',
  over: 'Done. Nothing else is waiting',
}
