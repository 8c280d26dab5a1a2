// The local wallet's own window: a dialog in a shadow of its own, so that the page's styles stay the page's.

export interface Line {
  name: string;
  value: string;
}

export interface Choice {
  label: string;
  note: string;
  value: string;
}

const STYLE = `
dialog { width: min(360px, calc(100vw - 32px)); box-sizing: border-box; padding: 0; border: 0; border-radius: 16px; overflow: hidden;
  background: light-dark(#fffefb, #1c211e); color: light-dark(#1b211d, #eef1ee); font: 15px/1.45 "Inter Variable", system-ui, sans-serif;
  font-variant-numeric: tabular-nums; box-shadow: 0 24px 64px rgb(0 0 0 / .32) }
dialog::backdrop { background: rgb(10 14 12 / .45) }
.head { padding: 14px 20px; background: #3d5a4c; color: #f4f1e6; font-weight: 600; font-size: 13px }
h2 { margin: 0 0 12px; font-size: 17px; font-weight: 620; letter-spacing: -.01em }
.body { padding: 20px }
ul { list-style: none; margin: 0 -8px; padding: 0 }
button { font: inherit; color: inherit; cursor: pointer; border-radius: 10px; border: 0; background: none }
li button { width: 100%; display: flex; justify-content: space-between; gap: 12px; padding: 9px 8px; text-align: left }
li button:hover { background: light-dark(#efeee6, #29302c) }
li span:last-child, dt { color: light-dark(#5b655f, #a3ada7) }
button:focus-visible { outline: 2px solid light-dark(#3d5a4c, #9cc7b0); outline-offset: 1px }
dl { margin: 0 } dl div { display: flex; justify-content: space-between; gap: 16px; padding: 8px 0; border-top: 1px solid light-dark(#e7e5da, #303733) }
dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-weight: 520 }
.actions { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; margin-top: 20px }
.actions button { padding: 11px; font-weight: 560; background: light-dark(#efeee6, #29302c) }
.actions .yes { background: #3d5a4c; color: #f4f1e6 }
.actions.one { grid-template-columns: 1fr }
`;

export class WalletWindow {
  private readonly dialog = document.createElement("dialog");
  private readonly body = element("div", "body");

  constructor() {
    const host = document.createElement("local-wallet");
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    this.dialog.append(element("div", "head", "Local wallet"), this.body);
    shadow.append(this.dialog);
    document.documentElement.append(host);
  }

  /** The value of the chosen one, or undefined where the window was closed. */
  choose(title: string, choices: Choice[]): Promise<string | undefined> {
    return this.ask(title, (answer) => {
      const list = element("ul");
      for (const { label, note, value } of choices) {
        const button = this.button("", () => answer(value), "local-person");
        button.append(element("span", "", label), element("span", "", note));
        const item = element("li");
        item.append(button);
        list.append(item);
      }
      return [list, this.actions(this.button("Cancel", () => answer(undefined), "local-cancel"))];
    });
  }

  async confirm(title: string, lines: Line[]): Promise<boolean> {
    const answered = await this.ask<true>(title, (answer) => {
      const list = element("dl");
      for (const { name, value } of lines) {
        const row = element("div");
        row.append(element("dt", "", name), element("dd", "", value));
        list.append(row);
      }
      const yes = this.button("Confirm", () => answer(true), "local-confirm");
      yes.className = "yes";
      return [
        list,
        this.actions(
          this.button("Reject", () => answer(undefined), "local-reject"),
          yes,
        ),
      ];
    });
    return answered === true;
  }

  private ask<T>(
    title: string,
    draw: (answer: (value: T | undefined) => void) => HTMLElement[],
  ): Promise<T | undefined> {
    return new Promise((resolve) => {
      let said: T | undefined;
      const answer = (value: T | undefined) => {
        said = value;
        this.dialog.close();
      };
      const heading = element("h2", "", title);
      heading.id = "title";
      this.dialog.setAttribute("aria-labelledby", "title");
      this.body.replaceChildren(heading, ...draw(answer));
      this.dialog.addEventListener("close", () => resolve(said), { once: true });
      this.dialog.showModal();
    });
  }

  private button(text: string, press: () => void, hook: string): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.dataset["testid"] = hook;
    button.addEventListener("click", press);
    return button;
  }

  private actions(...buttons: HTMLElement[]): HTMLElement {
    const row = element("div", buttons.length === 1 ? "actions one" : "actions");
    row.append(...buttons);
    return row;
  }
}

function element(name: string, kind = "", text = ""): HTMLElement {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  return made;
}
