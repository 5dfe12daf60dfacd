#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Use the page of `make web` in headless Chromium as a person would.

usage: page.py WEB quick                  opened as a file: one verdict, by keyboard only
       page.py WEB all [PREFIX]           all of it; PREFIX-1280.png ... are written
       page.py WEB package                the package as a module, from a server
       page.py WEB image TARBALL [NAME=FILE...]
                                          verify with that OS image: seconds and MiB, as JSON

The page is opened from a file, and in `all` from a server, too, that counts what
it is asked for. Every request of the page, its worker and its frame is heard
through the DevTools pipe.
"""
import base64, functools, http.server, json, os, shlex, shutil, socket, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from browse import BEYOND, Browser  # noqa: E402

TEMPLATE = "docs/auditor-template"


def files_of(folder):
    return sorted(os.path.realpath(os.path.join(folder, n)) for n in os.listdir(folder))


class Page:
    def __init__(self, url, profile):
        self.b, self.url = Browser(profile), url
        target = self.b.call("Target.createTarget", url="about:blank")["targetId"]
        self.b.session = self.b.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "DOM"):
            self.b.call(domain + ".enable")
        # Workers and frames are heard, too.
        self.b.call("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
        r = self.b.call("Page.navigate", url=url)
        if "errorText" in r:
            raise RuntimeError("%s: %s" % (url, r["errorText"]))
        self.b.wait("Page.loadEventFired")

    def value(self, expression):
        return self.b.value("(%s) ?? null" % expression)

    def choose(self, field, paths):
        root = self.b.call("DOM.getDocument")["root"]["nodeId"]
        node = self.b.call("DOM.querySelector", nodeId=root, selector="#" + field)["nodeId"]
        self.b.call("DOM.setFileInputFiles", nodeId=node, files=paths)

    def text(self, field, text):
        self.value("document.getElementById(%s).value = %s" % (json.dumps(field), json.dumps(text)))

    def press(self, key, code=None, text=None):
        for kind in ("keyDown", "keyUp"):
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.b.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key,
                        windowsVirtualKeyCode={"Tab": 9, "Enter": 13, " ": 32}.get(key, 0), **extra)

    def answer(self, seconds=120):
        """Wait until it is no longer verifying, and say what the status is."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = self.value("document.getElementById('status').textContent")
            if not status.startswith("verifying"):
                return status
            time.sleep(0.05)
        raise TimeoutError("no answer in %d seconds" % seconds)

    def requests(self):
        """What was asked for, by whomever: its own session for each worker."""
        out = []
        for m in self.b.events:
            if m.get("method") == "Network.requestWillBeSent":
                out.append(m["params"]["request"]["url"])
        return out

    def complaints(self):
        out = []
        for m in self.b.events:
            p = m.get("params", {})
            if m.get("method") == "Log.entryAdded":
                out.append(p["entry"]["text"])
            elif m.get("method") == "Runtime.exceptionThrown":
                out.append(json.dumps(p["exceptionDetails"])[:300])
        return out

    def download(self, link, folder):
        """Click the link, and give the bytes that arrive."""
        for name in os.listdir(folder):
            os.remove(os.path.join(folder, name))
        self.b.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
        self.b.call("Runtime.evaluate", expression="document.getElementById(%s).click()" % json.dumps(link), userGesture=True)
        for _ in range(200):
            new = [n for n in os.listdir(folder) if not n.endswith(".crdownload")]
            if new:
                time.sleep(0.1)
                with open(os.path.join(folder, new[0]), "rb") as f:
                    return f.read()
            time.sleep(0.05)
        raise TimeoutError("no download of " + link)

    def shot(self, path, width, height=900, dark=False):
        self.b.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.b.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        shot = self.b.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(path, "wb") as out:
            out.write(base64.b64decode(shot["data"]))


def need(what, good, found=""):
    if not good:
        sys.exit("page.py: %s: %s" % (what, str(found)[:2000]))
    print("ok: " + what)


# ---- one verdict, without a mouse ----

def focused(page):
    return page.value("document.activeElement.id || document.activeElement.tagName")


def tab_to(page, field):
    for _ in range(60):
        if focused(page) == field:
            return
        page.press("Tab")
    sys.exit("page.py: %s is not reached by Tab" % field)


def by_keyboard(page):
    # The dialog that chooses files is the browser's own.
    tab_to(page, "evidence")
    page.choose("evidence", files_of(TEMPLATE + "/evidence"))
    tab_to(page, "release")
    page.b.call("Input.insertText", text="")
    for c in "dstack-dev-0.5.8":
        page.press(c, code="", text=c)
    tab_to(page, "compose")
    page.choose("compose", [os.path.realpath(TEMPLATE + "/app-compose.json")])
    tab_to(page, "SUMMARY")
    page.press("Enter", text="\r")
    tab_to(page, "at")
    page.b.call("Input.insertText", text="2026-04-01")
    tab_to(page, "go")
    page.press("Enter", text="\r")
    return page.answer()


def quick(url):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        page = Page(url, profile)
        try:
            status = by_keyboard(page)
            need("opened as a file, by keyboard only: yes", status.startswith("yes: "), status + str(page.complaints()))
            need("the answer has the focus", focused(page) == "status", focused(page))
            asked = [u for u in page.requests() if not u.startswith(("data:", "blob:", os.path.dirname(url) + "/"))]
            need("nothing but its own files was asked for", page.requests() and not asked, asked)
            need("the browser complains of nothing", not page.complaints(), page.complaints())
        finally:
            page.b.end()


# ---- that nothing leaves ----

PROBES = """(async () => {
  const to = 'http://127.0.0.1:PORT/', out = {};
  const events = [];
  self.addEventListener('securitypolicyviolation', (e) => events.push(e.effectiveDirective));
  const attempt = async (name, f) => { try { await f(); out[name] = 'no error'; } catch (e) { out[name] = e.name; } };
  await attempt('fetch', () => fetch(to + 'fetch', {mode: 'no-cors'}));
  await attempt('xhr', () => new Promise((y, n) => { const x = new XMLHttpRequest(); x.open('GET', to + 'xhr');
    x.onload = y; x.onerror = () => n(new Error('xhr')); x.send(); }));
  await attempt('websocket', () => new Promise((y, n) => { const w = new WebSocket(to.replace('http', 'ws') + 'ws');
    w.onopen = y; w.onerror = () => n(new Error('ws')); }));
  await attempt('events', () => new Promise((y, n) => { const s = new EventSource(to + 'es');
    s.onopen = y; s.onerror = () => { s.close(); n(new Error('es')); }; }));
  if (self.document) {
    navigator.sendBeacon(to + 'beacon', 'x');
    const make = (tag, o) => { const e = Object.assign(document.createElement(tag), o); document.body.append(e); return e; };
    make('img', {src: to + 'img'}); make('script', {src: to + 'script'}); make('iframe', {src: to + 'iframe'});
    make('link', {rel: 'stylesheet', href: to + 'css'}); make('link', {rel: 'prefetch', href: to + 'prefetch'});
    make('video', {src: to + 'video'}); make('object', {data: to + 'object'}); make('embed', {src: to + 'embed'});
    const f = make('form', {action: to + 'form', method: 'post', target: '_self'}); f.submit();
    try { new Worker(to + 'worker'); } catch (e) { out.worker = e.name; }
    await attempt('import', () => import(to + 'import'));
    try { (0, eval)('1'); out.eval = 'no error'; } catch (e) { out.eval = e.name; }
    const s = document.createElement('script'); s.textContent = 'self.inlined = 1'; document.body.append(s);
    out.inline = self.inlined ? 'no error' : 'refused';
  } else {
    try { importScripts(to + 'imported'); out.imported = 'no error'; } catch (e) { out.imported = e.name; }
  }
  await new Promise((y) => setTimeout(y, 1500));
  return JSON.stringify({out, events});
})()"""


class Listener:
    """Who knocks? Connections are counted, and closed."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.asked = self.socket.getsockname()[1], []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            c, _ = self.socket.accept()
            c.settimeout(2)
            try:
                self.asked.append(c.recv(200).split(b" ")[1:2])
                c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nAccess-Control-Allow-Origin: *\r\n\r\n")
            except OSError:
                pass
            c.close()


def probe(page, session, listener):
    own, page.b.session = page.b.session, session
    r = page.b.call("Runtime.evaluate", expression=PROBES.replace("PORT", str(listener.port)), awaitPromise=True, returnByValue=True)
    page.b.session = own
    return json.loads(r["result"]["value"])


def nothing_leaves(url):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        page = Page(url, profile)
        try:
            page.text("pasted", "00")
            page.value("document.getElementById('go').click()")
            page.answer()
            workers = [m["params"] for m in page.b.events if m.get("method") == "Target.attachedToTarget"
                       and m["params"]["targetInfo"]["type"] == "worker"]
            need("its worker is heard", len(workers) == 1, workers)
            knocks = Listener()
            told = probe(page, workers[0]["sessionId"], knocks)
            need("the worker reaches nobody", not knocks.asked and "no error" not in told["out"].values(), (knocks.asked, told))
            told = probe(page, page.b.session, knocks)
            need("the page reaches nobody, and runs no text", not knocks.asked and "no error" not in told["out"].values(),
                 (knocks.asked, told))
            need("its policy is why", len(told["events"]) >= 8, told)
        finally:
            page.b.end()
    # The same probes in a page of no policy do arrive: else nothing was proved.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        bare = os.path.join(profile, "bare.html")
        with open(bare, "w") as f:
            f.write("<!DOCTYPE html><body>")
        page = Page("file://" + bare, profile)
        try:
            knocks = Listener()
            try:
                probe(page, page.b.session, knocks)
            except (RuntimeError, KeyError):
                pass  # its form went there, and took the page along
            time.sleep(0.5)
            need("without the policy the same probes arrive", len(knocks.asked) >= 5, knocks.asked)
        finally:
            page.b.end()


# ---- all of it ----

def native(*args, cwd="."):
    import subprocess
    r = subprocess.run([os.path.abspath(os.path.join(os.environ.get("BIN", "build/bin"), "refval-verify")), "--json", *args],
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=cwd)
    return r.returncode, json.loads(r.stdout)


def same(document, other):
    """But for how the files are called."""
    for d in (document, other):
        d.get("subject", {}).pop("inputs", None)
    # The place in a folder is part of a few sentences.
    text = json.dumps(other).replace(os.path.realpath(TEMPLATE) + "/", "")
    return json.loads(text) == document


def served(web):
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *a):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=web))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d/index.html" % server.server_port, asked


def ask(page, files, text):
    page.value("document.querySelector('button[type=reset]').click()")
    for field, paths in files.items():
        page.choose(field, [os.path.realpath(p) for p in paths])
    for field, value in text.items():
        page.text(field, value)
    page.value("document.getElementById('go').click()")
    return page.answer()


def everything(url, web, prefix):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, tempfile.TemporaryDirectory() as downloads:
        page = Page(url, profile)
        try:
            machine = {"evidence": files_of(TEMPLATE + "/evidence"), "compose": [TEMPLATE + "/app-compose.json"]}
            began = time.monotonic()
            status = ask(page, machine, {"release": "dstack-dev-0.5.8", "at": "2026-04-01"})
            print("seconds of the first verdict: %.2f" % (time.monotonic() - began))
            need("the captured machine: yes", status.startswith("yes: "), status + str(page.complaints()))
            frame = page.value("document.getElementById('report').srcdoc")
            need("the report is the page of --html", "<h1>Attestation report</h1>" in frame and "<script" not in frame, frame)
            document = json.loads(page.download("json", downloads))
            code, want = native("--release", "dstack-dev-0.5.8", "--evidence", TEMPLATE + "/evidence", "--compose",
                                TEMPLATE + "/app-compose.json", "--at", "2026-04-01")
            need("the document that is downloaded is the program's", code == 0 and same(document, want), document)
            need("so is the page", page.download("page", downloads).decode() == frame)
            for width in (400, 1280):
                page.b.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
                seen = json.loads(page.value(BEYOND.replace("WIDTH", str(width))))
                need("%d pixels are wide enough" % width, not seen["beyond"] and seen["scroll"] <= width, seen)
                need("text stands out at %d" % width, seen["contrast"] >= 4.5, seen)
            if prefix:
                for width in (1280, 400):
                    page.shot("%s-%d.png" % (prefix, width), width)
                page.shot(prefix + "-dark.png", 1280, dark=True)
            # What was typed, to be typed elsewhere.
            said = shlex.split(page.value("document.getElementById('command').textContent").replace("\\\n", " "))
            need("the command that gives the same", said == ["refval-verify", "--evidence=evidence", "--release=dstack-dev-0.5.8",
                                                             "--compose=app-compose.json", "--at=2026-04-01"], said)
            page.value("document.getElementById('example').click()")
            status = page.answer()
            need("the machine that is at hand: yes, the same document", status.startswith("yes: ") and
                 same(json.loads(page.download("json", downloads)), json.loads(json.dumps(want))), status)
            again = time.monotonic()
            ask(page, machine, {"release": "dstack-dev-0.5.8", "at": "2026-04-01"})
            print("seconds of the next: %.2f" % (time.monotonic() - again))
            status = ask(page, {**machine, "compose": ["tests/vectors/real/near-054-dev-070958/app-compose.json"]},
                         {"release": "dstack-dev-0.5.8", "at": "2026-04-01"})
            need("with another app: no, and which check says so", status.startswith("no: compose_hash: the machine runs another "), status)
            status = ask(page, machine, {"release": "dstack-dev-0.5.7", "at": "2026-04-01"})
            need("as another release: no", status.startswith("no: "), status)
            status = ask(page, {"evidence": machine["evidence"]}, {"at": "2026-04-01"})
            need("compared with nothing: cannot tell", status.startswith("cannot tell: "), status)
            status = ask(page, {}, {"pasted": "{\"quote\": 1}"})
            need("an attestation that is none: cannot tell, and why", status.startswith("cannot tell: ") and len(status) > 40, status)
            status = ask(page, machine, {"further": "--no-such-option"})
            need("an unknown option is named", "no option --no-such-option" in status, status)
            gpus = "tests/vectors/gpu/services/near-20260629.json"
            began = time.monotonic()
            status = ask(page, {"evidence": [gpus]}, {"release": "dstack-nvidia-0.5.5", "at": "2026-06-29", "further": "--instance 1"})
            print("seconds of 8 GPUs: %.2f" % (time.monotonic() - began))
            document = json.loads(page.download("json", downloads))
            code, want = native("--release", "dstack-nvidia-0.5.5", "--evidence", os.path.basename(gpus), "--instance", "1", "--at",
                                "2026-06-29", cwd=os.path.dirname(gpus))
            rows = [c["verdict"] for l in document["layers"] for c in l["checks"] if c["name"] == "gpu_device"]
            need("a machine of 8 GPUs: the whole document is the program's", code == 3 and rows == ["yes"] * 8 and document == want, rows)
            need("and it says what is missing", status.startswith("cannot tell: COLLATERAL_MISSING: "), status)
            page.value("document.getElementById('stop').click()")
            files = [u for u in page.requests() if not u.startswith(("data:", "blob:"))]
            need("only its own files were asked for", all(u.startswith(os.path.dirname(url) + "/") for u in files), files)
            need("the browser complains of nothing", not page.complaints(), page.complaints())
        finally:
            page.b.end()


# ---- the package, where there is no Node ----

MODULE = """<!DOCTYPE html><title>waiting</title><script type="module">
import { verify, releases, RefvalError } from './npm/browser.js';
const get = async (name) => ({ name, data: await (await fetch('machine/' + name)).blob() });
try {
  const evidence = await Promise.all(['quote.bin', 'event_log.json', 'collateral.json'].map(get));
  const yes = await verify({ evidence, release: 'dstack-dev-0.5.8', at: new Date('2026-04-01T00:00:00Z') });
  const no = await verify({ evidence, release: 'dstack-dev-0.5.7', at: new Date('2026-04-01T00:00:00Z') });
  const wrong = await verify({ evidence, releas: '' }).catch((e) => e instanceof RefvalError && e.exit);
  document.title = JSON.stringify([yes.exit, yes.verified, no.exit, no.verified, wrong, releases.length > 50]);
} catch (e) { document.title = 'failed: ' + e.message; }
</script>"""


def package(web):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        shutil.copytree(os.path.join(web, "npm"), os.path.join(folder, "npm"))
        shutil.copytree(TEMPLATE + "/evidence", os.path.join(folder, "machine"))
        with open(os.path.join(folder, "index.html"), "w") as f:
            f.write(MODULE)
        at, asked = served(folder)
        page = Page(at, profile)
        try:
            for _ in range(600):
                title = page.value("document.title")
                if title != "waiting":
                    break
                time.sleep(0.1)
            need("the package in a browser", title == "[0,true,1,false,2,true]", title + str(page.complaints()))
            need("it asks for its own five files", len([u for u in asked if u.startswith("/npm/")]) == 5, asked)
        finally:
            page.b.end()


# ---- a large image ----

def memory(pid):
    """Of each process that draws a page, in MiB, by its number."""
    children, per, todo = {}, {}, [pid]
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % p) as f:
                children.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(p))
        except OSError:
            pass
    while todo:
        p = todo.pop()
        todo += children.get(p, [])
        try:
            with open("/proc/%d/cmdline" % p) as f:
                if "--type=renderer" not in f.read():
                    continue
            with open("/proc/%d/smaps_rollup" % p) as f:
                rows = dict(l.split()[:2] for l in f.read().splitlines()[1:])
            per[p] = int(rows["Pss:"]) / 1024
        except (OSError, KeyError, ValueError):
            pass
    return per


def image(url, tarball, more):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        page = Page(url, profile)
        try:
            files = {"image": [tarball], "evidence": files_of(TEMPLATE + "/evidence")}
            files.update((k, [v]) for k, v in more)
            # The program is there already.
            ask(page, {}, {"pasted": "00"})
            idle = memory(page.b.process.pid)
            for field, paths in files.items():
                page.choose(field, [os.path.realpath(p) for p in paths])
            page.text("pasted", "")
            page.text("at", "2026-04-01")
            began, most = time.monotonic(), {}
            page.value("document.getElementById('go').click()")
            while page.value("document.getElementById('status').textContent").startswith("verifying"):
                for p, mib in memory(page.b.process.pid).items():
                    most[p] = max(most.get(p, 0), mib)
                time.sleep(0.2)
            # The page's process is the one that grew.
            grew = {p: most[p] - idle.get(p, 0) for p in most}
            own = max(grew, key=grew.get)
            print(json.dumps({"seconds": round(time.monotonic() - began, 2), "mib": round(most[own]),
                              "mib_before": round(idle.get(own, 0)), "status": page.answer()}))
        finally:
            page.b.end()


def main():
    web, mode = sys.argv[1:3]
    url = "file://" + os.path.realpath(os.path.join(web, "index.html"))
    if mode == "quick":
        quick(url)
    elif mode == "package":
        package(web)
    elif mode == "image":
        image(url, sys.argv[3], [a.split("=", 1) for a in sys.argv[4:]])
    else:
        quick(url)
        everything(url, web, sys.argv[3] if len(sys.argv) > 3 else None)
        nothing_leaves(url)
        at, asked = served(web)
        quick(at)
        everything(at, web, None)
        nothing_leaves(at)
        own = {"/" + n for n in os.listdir(web)}
        package(web)
        need("the server was asked for its own files only", asked and set(asked) <= own, asked)


main()
