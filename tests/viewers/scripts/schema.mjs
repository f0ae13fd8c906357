// Validates JSON documents by a JSON schema.
//
//     node schema.mjs SCHEMA DOCUMENT

import fs from 'node:fs'
import Ajv from 'ajv'

const [schema, document] = process.argv.slice(2).map((file) => JSON.parse(fs.readFileSync(file)))
// The schema is of draft 7, as Ajv's default is, and has keywords for its own tools.
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema)
if (!validate(document)) {
  console.error(JSON.stringify(validate.errors.slice(0, 20), null, 1))
  process.exit(1)
}
