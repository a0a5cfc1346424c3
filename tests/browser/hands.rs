//! What a person does with a page: presses what is named so, fills the field that is labelled so, waits until something is to be read.

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::browser::Browser;

/// How often, and how long apart, a page is looked at until what is wanted is there: half a minute.
const LOOKS_MAX: u32 = 300;
const LOOK_MILLISECONDS: u32 = 100;
/// The open dialog lies over everything else.
const SCOPE: &str = "const scope = [...document.querySelectorAll('dialog[open]')].pop() ?? document; \
                     const seen = (one) => one.getClientRects().length > 0; \
                     const text = (one) => (one.getAttribute('aria-label') ?? one.textContent).trim().replace(/\\s+/g, ' ');";
/// Buttons, links and what opens details, whole text first, else the beginning.
const PRESSED: &str = "const all = [...scope.querySelectorAll('button, a, summary')].filter(seen); \
                       return all.find((one) => text(one) === wanted) ?? all.find((one) => text(one).startsWith(wanted));";
const LABELLED: &str = "const label = [...scope.querySelectorAll('label')].filter(seen).find((one) => text(one).startsWith(wanted)); \
                        return label?.control ?? label?.querySelector('input, select, textarea');";
/// What takes no typing: choices, days and times.
const CHOSEN: &str = "const [field, value] = arguments; \
                      if (!field.matches('select, input[type=date], input[type=datetime-local]')) return false; \
                      field.value = field.matches('select') ? ([...field.options].find((one) => one.value === value || one.text === value)?.value) : value; \
                      for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true })); return true";

impl Browser {
    /// Presses the button, link or summary with this text.
    pub async fn press(&self, text: &str) -> WebDriverResult<()> {
        let element = self.find_by(PRESSED, text).await?;
        self.click(&element).await
    }

    /// Puts `value` into the field with this label, in place of what it held.
    pub async fn fill(&self, label: &str, value: &str) -> WebDriverResult<()> {
        let field = self.find_by(LABELLED, label).await?;
        if self.driver.execute(CHOSEN, vec![field.to_json()?, json!(value)]).await?.json() == true {
            return Ok(());
        }
        field.scroll_into_view().await?;
        field.clear().await?;
        field.send_keys(value).await
    }

    /// The field with this label.
    pub async fn field(&self, label: &str) -> WebDriverResult<WebElement> {
        self.find_by(LABELLED, label).await
    }

    /// Ticks one of several answers; its box lies, unseen, under its words.
    pub async fn answer(&self, name: &str, value: &str) -> WebDriverResult<()> {
        let label = self.driver.query(By::Css(format!("label:has(> [name={name}][value='{value}'])"))).first().await?;
        self.click(&label).await
    }

    /// Clicks in the middle of the window, where no message lies over what is clicked.
    pub async fn click(&self, element: &WebElement) -> WebDriverResult<()> {
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.driver.execute(script, vec![element.to_json()?]).await?;
        element.click().await
    }

    /// Waits until `text` is to be read somewhere on the page.
    pub async fn read(&self, text: &str) -> WebDriverResult<()> {
        let script = "return document.body.innerText.includes(wanted) || undefined";
        self.wait_for(script, text).await.map(|_| ())
    }

    async fn find_by(&self, script: &str, wanted: &str) -> WebDriverResult<WebElement> {
        self.wait_for(script, wanted).await?.element()
    }

    /// Runs `script`, which sees `wanted`, again and again until it gives something; fails with what is on the page.
    async fn wait_for(&self, script: &str, wanted: &str) -> WebDriverResult<thirtyfour::session::scriptret::ScriptRet> {
        let whole = format!(
            "const [wanted, done] = arguments; {SCOPE} const find = () => {{ {script} }}; let looks = 0; const look = () => {{ looks += 1; \
             const found = find(); return found || looks > {LOOKS_MAX} ? done(found ?? null) : setTimeout(look, {LOOK_MILLISECONDS}); }}; look();"
        );
        let found = self.driver.execute_async(whole, vec![json!(wanted)]).await?;
        if *found.json() == Value::Null {
            let page = self.driver.execute("return `${location.href}\\n${document.body.innerText}`", vec![]).await?;
            panic!("`{wanted}` is nowhere on {}", page.json().as_str().unwrap_or_default());
        }
        Ok(found)
    }
}
