// Before the page is drawn, so that it never flashes in the other theme; no module, since those come later.
{
  const names = ['auto', 'light', 'dark'];
  const root = document.documentElement;
  const read = () => {
    try {
      return localStorage.getItem('tandem.theme');
    } catch {
      return null;
    }
  };
  const apply = (name) => {
    root.dataset.theme = names.includes(name) ? name : 'auto';
  };
  apply(read());
  addEventListener('storage', (event) => {
    if (event.key === 'tandem.theme') apply(event.newValue);
  });
}
