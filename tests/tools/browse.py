#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Open a page in headless Chromium and say what the browser saw, as JSON.

usage: browse.py PAGE.html [PREFIX]     PREFIX-phone.png ... are written

Chromium is spoken to through its DevTools pipe (file descriptors 3 and 4,
messages end with a NUL), so no port is opened and no module is needed. What is
told: every request but the one for the page, every console message, exception
and dialog; per view (phone, desktop, dark, print) the widths and the elements
that reach beyond the viewport; the page's text and the elements in it.
"""
import base64, fcntl, json, os, select, signal, subprocess, sys, tempfile, time

VIEWS = {
    "phone": dict(width=360, height=740, mobile=True),
    "phone-dark": dict(width=360, height=740, mobile=True, dark=True),
    "desktop": dict(width=1280, height=900),
    "dark": dict(width=1280, height=900, dark=True),
    "print": dict(width=794, height=1123, media="print"),
}
BEYOND = """(() => { const w = WIDTH, out = [];
  for (const e of document.querySelectorAll('body *'))
  {
    const r = e.getBoundingClientRect();
    // What is in a picture has no width of its own to scroll.
    const wide = e instanceof SVGElement ? 0 : e.scrollWidth;
    if (Math.max(r.right, r.left + wide) > w + 0.5) out.push(e.tagName + '.' + (e.getAttribute('class') || ''));
  }
  return JSON.stringify({width: w, inner: innerWidth, scroll: document.documentElement.scrollWidth, beyond: out.slice(0, 20),
    contrast: (() => { // the least contrast of any text against what it stands on (WCAG 2.1, 1.4.3)
      const rgb = s => (s.match(/[0-9.]+/g) || []).map(Number);
      const lum = c => { const f = c.slice(0, 3).map(v => { v /= 255;
        return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
      let least = 21;
      for (const e of document.querySelectorAll('body *')) {
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
        let b = e, back = [255, 255, 255];
        for (; b; b = b.parentElement) {
          const c = rgb(getComputedStyle(b).backgroundColor);
          if (c.length === 3 || c[3] === 1) { back = c; break; }
        }
        const x = lum(rgb(getComputedStyle(e).color)), y = lum(back);
        least = Math.min(least, (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05));
      }
      return Math.round(least * 10) / 10; })()}); })()"""
ELEMENTS = """(() => { const n = {};
  for (const e of document.querySelectorAll('*')) n[e.localName] = (n[e.localName] || 0) + 1;
  return JSON.stringify(n); })()"""


class Browser:
    def __init__(self, profile):
        to_r, self.to = os.pipe()
        self.back, back_w = os.pipe()
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_r, back_w)]

        def pipes():  # the browser reads descriptor 3 and writes descriptor 4
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        command = [
            os.environ.get("CHROMIUM", "chromium"), "--headless=new", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--mute-audio",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir=" + profile, "about:blank",
        ]
        self.process = subprocess.Popen(
            command, preexec_fn=pipes, pass_fds=(3, 4), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(os.path.join(profile, "log"), "wb"), start_new_session=True)
        for fd in (to_r, back_w, *high):
            os.close(fd)
        self.data, self.events, self.count, self.session = b"", [], 0, None

    def message(self, deadline):
        while b"\0" not in self.data:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.back], [], [], left)[0]:
                raise TimeoutError("chromium does not answer")
            more = os.read(self.back, 1 << 20)
            if not more:
                raise EOFError("chromium ended")
            self.data += more
        one, self.data = self.data.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, seconds=60, **params):
        self.count += 1
        ask = {"id": self.count, "method": method, "params": params}
        if self.session:
            ask["sessionId"] = self.session
        os.write(self.to, json.dumps(ask).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while True:
            m = self.message(deadline)
            if m.get("id") == self.count:
                if "error" in m:
                    raise RuntimeError("%s: %s" % (method, m["error"]["message"]))
                return m["result"]
            self.events.append(m)

    def wait(self, method, seconds=60):
        deadline = time.monotonic() + seconds
        seen = 0
        while True:
            for m in self.events[seen:]:
                if m.get("method") == method:
                    return m
            seen = len(self.events)
            self.events.append(self.message(deadline))

    def value(self, expression):
        r = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in r:
            raise RuntimeError(r["exceptionDetails"]["text"])
        return r["result"]["value"]

    def end(self):
        # The whole group: it was started as one of its own.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def look(b, prefix):
    views = {}
    for name, v in VIEWS.items():
        b.call("Emulation.setDeviceMetricsOverride", width=v["width"], height=v["height"],
               deviceScaleFactor=1, mobile=v.get("mobile", False))
        b.call("Emulation.setEmulatedMedia", media=v.get("media", "screen"), features=[
            {"name": "prefers-color-scheme", "value": "dark" if v.get("dark") else "light"}])
        views[name] = json.loads(b.value(BEYOND.replace("WIDTH", str(v["width"]))))
        if prefix:
            shot = b.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
            with open("%s-%s.png" % (prefix, name), "wb") as out:
                out.write(base64.b64decode(shot["data"]))
    if prefix:
        pdf = b.call("Page.printToPDF", preferCSSPageSize=True)
        with open(prefix + ".pdf", "wb") as out:
            out.write(base64.b64decode(pdf["data"]))
    return views


def told(events, page):
    """What is no part of opening a page that is only itself."""
    requests, console = [], []
    for m in events:
        p, method = m.get("params", {}), m.get("method")
        if method == "Network.requestWillBeSent":
            requests.append(p["request"]["url"])
        elif method == "Runtime.consoleAPICalled":
            console.append("console: " + json.dumps(p["args"])[:400])
        elif method == "Runtime.exceptionThrown":
            console.append("exception: " + p["exceptionDetails"]["text"])
        elif method == "Log.entryAdded":
            console.append("%s: %s" % (p["entry"]["level"], p["entry"]["text"]))
        elif method == "Page.javascriptDialogOpening":
            console.append("dialog: " + p["message"])
    if page in requests:
        requests.remove(page)
    else:
        console.append("the page itself was never asked for")
    return requests, console


def main():
    page = sys.argv[1] if "://" in sys.argv[1] else "file://" + os.path.realpath(sys.argv[1])
    prefix = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        b = Browser(profile)
        try:
            target = b.call("Target.createTarget", url="about:blank")["targetId"]
            b.session = b.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Network", "Runtime", "Log"):
                b.call(domain + ".enable")
            v = VIEWS["phone"]
            b.call("Emulation.setDeviceMetricsOverride", width=v["width"], height=v["height"],
                   deviceScaleFactor=1, mobile=True)
            r = b.call("Page.navigate", url=page)
            if "errorText" in r:
                raise RuntimeError("%s: %s" % (page, r["errorText"]))
            b.wait("Page.loadEventFired")
            views = look(b, prefix)
            text = b.value("document.body.innerText")
            elements = json.loads(b.value(ELEMENTS))
            title = b.value("document.title")
            requests, console = told(b.events, page)
        except (RuntimeError, EOFError, OSError) as e:
            with open(os.path.join(profile, "log"), errors="replace") as log:
                sys.exit("browse.py: %s\n%s" % (e, log.read()[-2000:]))
        finally:
            b.end()
    print(json.dumps({"title": title, "requests": requests, "console": console, "views": views,
                      "elements": elements, "text": text}, indent=1))


if __name__ == "__main__":
    main()
