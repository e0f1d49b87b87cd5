// SPDX-License-Identifier: ISC
// Shows OCaml types in the list of completions. JupyterLab writes what stands beside a name in
// small letters and breaks it at each blank, where a type has capitals and is one line. Ours have
// blanks that do not break, by which they are told from others; an item's title has them unchanged.

const STYLE = `
.jp-Completer-item[title*="\u00a0"] > .jp-Completer-typeExtended { display: none; }
.jp-Completer-item[title*="\u00a0"]::after {
  align-self: center;
  color: var(--jp-content-font-color2);
  content: attr(title);
  font-family: var(--jp-code-font-family);
  padding: 0 8px 0 16px;
  text-align: right;
  white-space: nowrap;
}
.jp-Completer-item.jp-mod-active[title*="\u00a0"]::after { color: inherit; }
`;

export default function completions() {
  return {
    description: "Shows OCaml types in the list of completions.",
    activate: () => {
      const style = document.createElement("style");
      style.textContent = STYLE;
      document.head.append(style);
    },
  };
}
