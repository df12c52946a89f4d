/** The console's pages, in the order in which they are linked: the one place that a new page is entered in. */

export const PAGES = [
  { href: '/', name: 'Start' },
  { href: '/start/timeline.html', name: 'Timeline' },
  { href: '/start/requests.html', name: 'Requests' },
  { href: '/start/texts.html', name: 'Texts' },
  { href: '/start/mails.html', name: 'Mails' },
  { href: '/start/pushes.html', name: 'Pushes' },
  { href: '/start/faults.html', name: 'Faults' },
  { href: '/start/clock.html', name: 'Clock' },
  { href: '/start/emulation.html', name: 'Not emulated' },
];
