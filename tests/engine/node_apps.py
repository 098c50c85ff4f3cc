"""The sources of small Node apps: a server, a worker, a front end and a Next.js site."""

from __future__ import annotations

import json

# no names of registries in a lock, and no noise
NPMRC = "audit=false\nfund=false\nomit-lockfile-registry-resolved=true\n"

SERVER = """\
const express = require('express')
const app = express()
app.get('/health/live', (_, answer) => answer.json({ live: true }))
app.get('/', (_, answer) => answer.json({ text: require('./text') }))
app.get('/data', (_, answer) => answer.json({ PORT: process.env.PORT }))
app.listen(process.env.PORT)
"""
WORKER = """\
const fs = require('fs')
const text = require('./text')
setInterval(() => fs.writeFileSync('/tmp/beat', text), 500)
"""
VITE_CONFIG = "export default { server: { proxy: { '/api': process.env.API_URL } } }\n"
PAGE = """\
<!doctype html>
<html><head><title>page</title></head>
<body><script type="module" src="/src/main.js"></script></body></html>
"""
MAIN = "document.title = 'first text ' + import.meta.env.VITE_TITLE\n"
SITE = """\
export const dynamic = 'force-dynamic'
export default function Page() { return <p>first text {process.env.NEXT_PUBLIC_TITLE}</p> }
"""
LAYOUT = """\
export default function Layout({ children }) { return <html><body>{children}</body></html> }
"""


def package(dependencies: dict[str, str], **more: object) -> str:
    """Return the text of a package.json."""
    return json.dumps(
        {"name": "x", "private": True, "dependencies": dependencies, **more}, indent=2
    )


API = {
    "package.json": package({"express": "^5.1.0"}),
    "src/server.js": SERVER,
    "src/worker.js": WORKER,
    "src/text.js": "module.exports = 'first text'\n",
    "src/text.test.js": """\
const test = require('node:test')
test('text', () => { if (require('./text') !== 'first text') throw new Error() })
""",
}
WEB = {
    "package.json": package(
        {}, devDependencies={"vite": "^8.0.0"}, scripts={"build": "vite build"}, type="module"
    ),
    "index.html": PAGE,
    "vite.config.js": VITE_CONFIG,
    "src/main.js": MAIN,
    "public/robots.txt": "User-agent: *\n",
}
NEXT = {
    "package.json": package(
        {"next": "^16.0.0", "react": "^19.2.0", "react-dom": "^19.2.0"},
        scripts={"build": "next build"},
    ),
    "next.config.mjs": "export default { output: 'standalone' }\n",
    "app/layout.jsx": LAYOUT,
    "app/page.jsx": SITE,
}
