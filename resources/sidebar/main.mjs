import { Sidebar } from './sidebar.mjs';
import { text } from './elements.mjs';

const ID = 'aurion-sidebar';

/** Puts the tab *Aurion* into the sidebar. */
RED.plugins.registerPlugin(ID, {
  onadd() {
    const sidebar = new Sidebar();
    RED.sidebar.addTab({
      id: ID,
      label: text('label'),
      name: text('label'),
      iconClass: 'fa fa-home',
      content: sidebar.element,
      enableOnEdit: true,
    });
    RED.actions.add('aurion:show-sidebar', () => RED.sidebar.show(ID));
    sidebar.start();
  },
});
