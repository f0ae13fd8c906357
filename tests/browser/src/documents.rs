//! Documents to serve: a shop to use, one that means harm, a very long one.

use std::fmt::Write as _;

/// A shop as many describe theirs: what is created, listed in pages, searched, uploaded, signed in to.
pub const SHOP: &str = r##"
openapi: 3.0.3
info: { title: Tea shop, version: "1", description: Tea and what goes with it. }
servers: [{ url: https://shop.example/v1 }]
tags: [{ name: orders }, { name: customers }, { name: account }]
paths:
  /orders:
    get:
      operationId: listOrders
      summary: List orders
      description: |
        Newest first, in pages.
        Without a status, all of them.
      tags: [orders]
      parameters:
      - { name: page, in: query, description: "which page, from 1", schema: { type: integer, minimum: 1, default: 1 } }
      - { name: per_page, in: query, schema: { type: integer, minimum: 1, maximum: 100, default: 10 } }
      - { name: status, in: query, example: paid, schema: { $ref: '#/components/schemas/Status' } }
      responses:
        200:
          description: one page
          headers: { X-Total-Count: { schema: { type: integer }, description: all there are } }
          content:
            application/json:
              schema:
                type: object
                required: [orders, total]
                properties:
                  orders: { type: array, items: { $ref: '#/components/schemas/Order' } }
                  total: { type: integer, minimum: 0 }
    post:
      operationId: createOrder
      summary: Place an order
      tags: [orders]
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/NewOrder' } } } }
      responses:
        201: { description: placed, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
        422: { description: something is wrong with it, content: { application/problem+json: { schema: { $ref: '#/components/schemas/Problem' } } } }
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, description: the number of the order, schema: { type: integer, minimum: 1 } }]
    get:
      operationId: getOrder
      summary: Read an order
      tags: [orders]
      responses:
        200: { description: the order, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
        404: { description: there is none, content: { application/problem+json: { schema: { $ref: '#/components/schemas/Problem' } } } }
    put:
      operationId: replaceOrder
      summary: Replace an order
      tags: [orders]
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/NewOrder' } } } }
      responses: { 200: { description: as it is now, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } }
    delete:
      operationId: deleteOrder
      summary: Cancel an order
      tags: [orders]
      responses: { 204: { description: cancelled } }
  /customers/search:
    get:
      operationId: searchCustomers
      summary: Find customers by name or city
      tags: [customers]
      parameters:
      - { name: q, in: query, required: true, schema: { type: string, minLength: 1 } }
      - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 50 } }
      responses:
        200: { description: those found, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Customer' } } } } }
  /customers:
    get:
      operationId: listCustomers
      summary: List customers
      tags: [customers]
      parameters: [{ name: cursor, in: query, schema: { type: string } }]
      responses:
        200:
          description: one page
          content:
            application/json:
              schema:
                type: object
                required: [data]
                properties:
                  data: { type: array, items: { $ref: '#/components/schemas/Customer' } }
                  next_cursor: { type: string, nullable: true }
  /customers/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string, format: uuid } }]
    get:
      operationId: getCustomer
      summary: Read a customer
      tags: [customers]
      responses: { 200: { description: the customer, content: { application/json: { schema: { $ref: '#/components/schemas/Customer' } } } } }
  /customers/{id}/photo:
    parameters: [{ name: id, in: path, required: true, schema: { type: string, format: uuid } }]
    get:
      operationId: getPhoto
      summary: The photo of a customer
      tags: [customers]
      responses: { 200: { description: a picture, content: { image/png: { schema: { type: string, format: binary } } } } }
    put:
      operationId: setPhoto
      summary: Upload the photo of a customer
      tags: [customers]
      requestBody: { required: true, content: { image/png: { schema: { type: string, format: binary } } } }
      responses: { 204: { description: kept } }
  /login:
    post:
      operationId: login
      summary: Sign in
      tags: [account]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [email, password]
              properties: { email: { type: string, format: email }, password: { type: string, format: password } }
      responses:
        200:
          description: a token
          content:
            application/json:
              schema:
                type: object
                required: [access_token, expires_in]
                properties: { access_token: { type: string }, token_type: { type: string }, expires_in: { type: integer } }
  /me:
    get:
      operationId: whoAmI
      summary: Who is signed in
      tags: [account]
      security: [{ session: [] }]
      responses: { 200: { description: you, content: { application/json: { schema: { $ref: '#/components/schemas/Customer' } } } } }
  /old:
    get:
      operationId: oldHome
      summary: Moved
      deprecated: true
      responses: { 302: { description: elsewhere, headers: { Location: { schema: { type: string, format: uri } } } } }
components:
  securitySchemes: { session: { type: apiKey, in: cookie, name: SESSION } }
  schemas:
    Status: { type: string, enum: [open, paid, shipped, cancelled] }
    NewOrder:
      type: object
      required: [customer_id, total]
      properties:
        customer_id: { type: string, format: uuid, description: who pays }
        total: { type: number, minimum: 0 }
        note: { type: string, maxLength: 200 }
    Order:
      allOf:
      - { $ref: '#/components/schemas/NewOrder' }
      - type: object
        required: [id, status, created_at]
        properties:
          id: { type: integer, readOnly: true }
          status: { $ref: '#/components/schemas/Status' }
          created_at: { type: string, format: date-time, readOnly: true }
          updated_at: { type: string, format: date-time, readOnly: true }
    Customer:
      type: object
      required: [id, name, email]
      properties:
        id: { type: string, format: uuid }
        name: { type: string }
        email: { type: string, format: email }
        city: { type: string }
        friends: { type: array, items: { $ref: '#/components/schemas/Customer' }, maxItems: 2 }
    Problem:
      type: object
      required: [title, status]
      properties: { title: { type: string }, status: { type: integer }, detail: { type: string } }
"##;

/// Texts that do harm where they are taken for anything but text.
pub const HARM: [&str; 6] = [
    "<script>window.harmed = 1</script>",
    "<img src=x onerror=\"window.harmed = 2\">",
    "</script><svg onload=\"window.harmed = 3\">",
    "\"'`><b onmouseover=alert(1)>",
    "javascript:window.harmed=4",
    "\u{202e}txt.exe\u{0}",
];

/// A document with harm in all its places.
#[must_use]
pub fn hostile() -> String {
    let text = |at: usize| serde_json::json!(HARM[at]).to_string();
    let everything = HARM.join(" ");
    let all = serde_json::json!(everything).to_string();
    format!(
        r#"{{
  "openapi": "3.0.3", "info": {{ "title": {all}, "version": {all}, "description": {all} }},
  "paths": {{
    "/a/<script>window.harmed=5</script>/{{id}}": {{ "get": {{
      "operationId": {script}, "summary": {image}, "description": {all}, "tags": [{svg}, {script}, {url}, {bidi}],
      "parameters": [
        {{ "name": "id", "in": "path", "required": true, "description": {all}, "schema": {{ "type": "string", "enum": [{quotes}, {url}] }} }},
        {{ "name": {script}, "in": "query", "description": {image}, "example": {svg}, "schema": {{ "type": "string", "pattern": "<script>" }} }},
        {{ "name": "x-harm", "in": "header", "description": {image}, "example": {svg}, "schema": {{ "type": "string" }} }} ],
      "responses": {{
        "200": {{ "description": {image}, "headers": {{ "x-harm": {{ "description": {image}, "schema": {{ "type": "string", "enum": ["<script>window.harmed=6</script>"] }} }} }},
          "content": {{ "application/json": {{ "example": {{ "text": {all}, "<script>window.harmed=7</script>": {image} }}, "schema": {{ "type": "object", "title": {image},
            "description": {script}, "properties": {{ "text": {{ "type": "string", "description": {image}, "default": {svg} }}, "<script>window.harmed=7</script>": {{ "type": "string" }} }} }} }} }} }},
        "404": {{ "description": {svg}, "content": {{ "text/html": {{ "schema": {{ "type": "string" }}, "example": {all} }} }} }} }} }} }},
    "/html": {{ "get": {{ "operationId": "html", "responses": {{ "200": {{ "description": "a page", "content": {{ "text/html": {{ "example": {all}, "schema": {{ "type": "string" }} }} }} }} }} }} }},
    "/picture": {{ "get": {{ "operationId": "picture", "responses": {{ "200": {{ "description": "a picture", "content": {{ "image/svg+xml": {{ "example": {svg}, "schema": {{ "type": "string" }} }} }} }} }} }} }}
  }}
}}"#,
        script = text(0),
        image = text(1),
        svg = text(2),
        quotes = text(3),
        url = text(4),
        bidi = text(5),
    )
}

/// A document with so many operations.
#[must_use]
pub fn large(operations: usize) -> String {
    let mut text = String::from("openapi: 3.0.3\ninfo: { title: Many, version: '1' }\npaths:\n");
    for at in 0..operations {
        let _ = write!(
            text,
            "  /things{at}/{{id}}:\n    get:\n      operationId: readThing{at}\n      summary: Thing number {at}\n      tags: [t{}]\n      \
             parameters: [{{ name: id, in: path, required: true, schema: {{ type: integer }} }}]\n      \
             responses: {{ 200: {{ description: fine, content: {{ application/json: {{ schema: {{ type: object, required: [id], properties: {{ id: {{ type: integer }} }} }} }} }} }} }}\n",
            at % 20
        );
    }
    text
}
