// SPDX-License-Identifier: ISC
// What JupyterLab loads: a module federation container written by hand. Lab asks for nothing but
// init(scope) and get(name), so there is no bundler and no Node in the build. Each plugin is an ES
// module beside this file whose default export is given shared(), which returns JupyterLab's own
// copy of a package, and returns a plugin. One that fails is missed; the others and Lab go on.
(() => {
  "use strict";

  const NAME = "jupyter-unikernel";
  const PLUGINS = ["colours", "completions", "magic_lines", "sidebar", "underlines"];
  const HERE = document.currentScript.src; // known only while this script runs

  let scope;

  // JupyterLab's own copy of a package, the newest where there are several.
  async function shared(name) {
    const versions = scope[name] || {};
    const newest = Object.keys(versions)
      .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
      .pop();
    if (!newest) throw new Error(`${NAME}: JupyterLab shares no ${name}`);
    return (await versions[newest].get())();
  }

  const missed = (name, error) => console.warn(`${NAME}: no ${name} here:`, error);

  function harmless(name, plugin) {
    const activate = async (...tokens) => {
      try {
        return await plugin.activate(...tokens);
      } catch (error) {
        missed(name, error);
      }
    };
    return { ...plugin, id: `${NAME}:${name}`, autoStart: true, activate };
  }

  async function load(name) {
    try {
      const module = await import(new URL(`${name}.js`, HERE));
      return [harmless(name, await module.default(shared))];
    } catch (error) {
      missed(name, error);
      return [];
    }
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: (shares) => {
      scope = shares;
    },
    get: async () => {
      const plugins = (await Promise.all(PLUGINS.map(load))).flat();
      return () => ({ __esModule: true, default: plugins });
    },
  };
})();
