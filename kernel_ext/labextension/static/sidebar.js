// SPDX-License-Identifier: ISC
// The machine panel in JupyterLab's side bar.

export default async function sidebar(shared) {
  const { INotebookTracker } = await shared("@jupyterlab/notebook");
  return {
    description: "Keeps the machine panel in the side bar.",
    optional: [INotebookTracker],
    activate: (_app, _tracker) => {},
  };
}
