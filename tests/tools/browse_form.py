#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fill in the page of refval-serve in headless Chromium, send it, and say what came.

usage: browse_form.py URL HOW EVIDENCE COMPOSE RELEASE [PREFIX]

HOW: upload (files are chosen), noscript (the same with scripts disabled), type (text, and Enter), drop (files, by a drop
event), keys (Tab, text and Enter, no other help). COMPOSE may be "". As JSON: what the report's page has as title, verdict
and text, every request, every message of the console. PREFIX-form.png and PREFIX-report.png at 1280 pixels, and
PREFIX-form-400.png.
"""
import base64, json, os, sys, tempfile

from browse import Browser, told


def shot(b, name, width):
    b.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
    png = b.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
    with open(name, "wb") as out:
        out.write(base64.b64decode(png["data"]))


def node(b, selector):
    root = b.call("DOM.getDocument")["root"]["nodeId"]
    return b.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]


def key(b, name):
    code = {"Tab": 9, "Enter": 13}[name]
    for kind in ("keyDown", "keyUp"):
        b.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code,
               **({"text": "\r"} if name == "Enter" and kind == "keyDown" else {}))


def write(b, selector, text):
    b.call("DOM.focus", nodeId=node(b, selector))
    b.call("Input.insertText", text=text)


def drop(b, selector, path, content):
    b.value("""(() => { const d = new DataTransfer(); d.items.add(new File([%s], %s));
      const z = document.querySelector(%s).closest('.zone');
      for (const t of ['dragover', 'drop']) z.dispatchEvent(new DragEvent(t, {dataTransfer: d, bubbles: true, cancelable: true}));
      return z.querySelector('output').textContent; })()""" % (json.dumps(content), json.dumps(os.path.basename(path)), json.dumps(selector)))


def fill(b, how, evidence, compose, release):
    files = [("#evidence", evidence)] + ([("#compose", compose)] if compose else [])
    content = {}
    for selector, path in files:
        with open(path, newline="") as f:
            content[selector] = f.read()
    if how in ("upload", "noscript"):
        for selector, path in files:
            b.call("DOM.setFileInputFiles", nodeId=node(b, selector), files=[os.path.realpath(path)])
    elif how == "drop":
        for selector, path in files:
            drop(b, selector, path, content[selector])
    elif how == "type":
        for selector, path in files:
            write(b, selector + "_text", content[selector])
    if how == "keys":
        for tabs, text in ((2, content["#evidence"]), (2, content.get("#compose", "")), (1, release), (1, "")):
            for _ in range(tabs):
                key(b, "Tab")
            if text:
                b.call("Input.insertText", text=text)
    else:
        write(b, "#release", release)


def main():
    url, how, evidence, compose, release = sys.argv[1:6]
    prefix = sys.argv[6] if len(sys.argv) > 6 else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        b = Browser(profile)
        try:
            target = b.call("Target.createTarget", url="about:blank")["targetId"]
            b.session = b.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Network", "Runtime", "Log", "DOM"):
                b.call(domain + ".enable")
            if how == "noscript":
                b.call("Emulation.setScriptExecutionDisabled", value=True)
            b.call("Page.navigate", url=url)
            b.wait("Page.loadEventFired")
            b.events = [m for m in b.events if m.get("method") != "Page.loadEventFired"]
            fill(b, how, evidence, compose, release)
            if prefix:
                shot(b, prefix + "-form-400.png", 400)
                shot(b, prefix + "-form.png", 1280)
            key(b, "Enter")
            b.wait("Page.loadEventFired")
            if prefix:
                shot(b, prefix + "-report-400.png", 400)
                shot(b, prefix + "-report.png", 1280)
            html = b.call("DOM.getOuterHTML", nodeId=b.call("DOM.getDocument")["root"]["nodeId"])["outerHTML"]
            requests, console = told(b.events, url)
        finally:
            b.end()
    print(json.dumps({"requests": requests, "console": console, "html": html}))


main()
