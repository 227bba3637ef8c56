/** Sets the title, and moves the focus to the heading, so that screen readers read the new page. */
export function announcePage(title: string, isFirst: boolean): void {
  document.title = `${title} – custom-ml-engine`;
  if (!isFirst) document.querySelector('h1')?.focus();
}
