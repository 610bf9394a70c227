"use strict";
// The forms of the page: each sends its route's request, and shows the answer. The token stays in
// its field: it is neither kept nor shown, and goes to this service only.
const root = document.documentElement;
const base = document.body.dataset.base;
const header = document.body.dataset.header;
const token = document.getElementById("token");
const LARGEST = 200000;

root.classList.add("script");

function values(field) {
  const text = field.value;
  if (!("several" in field.dataset)) return text === "" && !field.required ? [] : [text];
  return text.split("\n").filter((line) => line !== "");
}

function fieldsOf(form, ...places) {
  return [...form.elements].filter((field) => places.includes(field.dataset.place));
}

function urlOf(form) {
  let path = form.dataset.path;
  for (const field of fieldsOf(form, "path")) {
    const value = field.value;
    const greedy = "greedy" in field.dataset;
    const encoded = greedy
      ? value.split("/").map(encodeURIComponent).join("/")
      : encodeURIComponent(value);
    path = path.replace(`{${field.name}${greedy ? "+" : ""}}`, () => encoded);
  }
  const query = new URLSearchParams();
  for (const field of fieldsOf(form, "query")) {
    for (const value of values(field)) query.append(field.name, value);
  }
  const text = query.toString();
  return location.origin + base + path + (text ? `?${text}` : "");
}

function requestOf(form) {
  const request = { method: form.dataset.method, headers: {}, cache: "no-store" };
  if ("protected" in form.dataset && token.value) request.headers[header] = token.value;
  const [body] = fieldsOf(form, "body");
  const parts = fieldsOf(form, "part", "file");
  if (body && body.value.trim()) {
    request.headers["Content-Type"] = "application/json";
    request.body = body.value;
  } else if (parts.length) {
    request.body = new FormData();
    for (const field of parts) {
      const given = field.dataset.place === "file" ? field.files : values(field);
      for (const value of given) request.body.append(field.name, value);
    }
  }
  return request;
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curlOf(form) {
  const request = requestOf(form);
  const words = ["curl", "-X", request.method, quoted(urlOf(form))];
  if ("protected" in form.dataset) words.push("-H", `"${header}: $TOKEN"`);
  if (request.body instanceof FormData) {
    for (const [name, value] of request.body) {
      words.push("-F", quoted(value instanceof File ? `${name}=@${value.name}` : `${name}=${value}`));
    }
  } else if (request.body) {
    words.push("-H", quoted("Content-Type: application/json"), "--data-raw", quoted(request.body));
  }
  if (request.method === "HEAD") words.splice(1, 2, "-I");
  return words.join(" ");
}

function readable(text, type) {
  if (/[/+]json\b/.test(type)) {
    try {
      const value = JSON.parse(text);
      // Numbers that lose digits here are shown as they came.
      if (JSON.stringify(value) === text.trim()) text = JSON.stringify(value, null, 2);
    } catch {
      // It is shown as it came.
    }
  }
  const rest = text.length - LARGEST;
  return rest > 0 ? `${text.slice(0, LARGEST)}\n… ${rest} characters more` : text;
}

function dataUrl(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(blob);
  });
}

async function show(form, answer, milliseconds) {
  const output = form.querySelector(".answer");
  const content = output.querySelector(".content");
  const type = answer.headers.get("Content-Type") || "";
  const blob = await answer.blob();
  output.dataset.success = String(answer.ok);
  output.querySelector(".status").textContent = `${answer.status} ${answer.statusText}`.trim();
  output.querySelector(".time").textContent = `${Math.round(milliseconds)} ms`;
  output.querySelector(".headers").textContent = [...answer.headers]
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
  for (const image of output.querySelectorAll("img")) image.remove();
  if (type.startsWith("image/")) {
    const image = new Image();
    image.alt = `${blob.size} bytes of ${type}`;
    image.src = await dataUrl(blob);
    output.append(image);
    content.textContent = "";
  } else if (/^text\/|[/+](json|xml)\b/.test(type)) {
    content.textContent = readable(await blob.text(), type);
  } else {
    content.textContent = blob.size ? `${blob.size} bytes of ${type || "no type"}` : "";
  }
  content.hidden = content.textContent === "";
  output.hidden = false;
}

function fail(form, error) {
  const output = form.querySelector(".answer");
  output.dataset.success = "false";
  output.querySelector(".status").textContent = "No answer";
  output.querySelector(".time").textContent = String(error.message || error);
  for (const image of output.querySelectorAll("img")) image.remove();
  for (const part of output.querySelectorAll("pre")) part.hidden = true;
  output.hidden = false;
}

async function send(form) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  const start = performance.now();
  try {
    const answer = await fetch(urlOf(form), requestOf(form));
    form.querySelector(".headers").hidden = false;
    await show(form, answer, performance.now() - start);
  } catch (error) {
    fail(form, error);
  } finally {
    button.disabled = false;
  }
}

function refresh(form) {
  form.querySelector(".curl code").textContent = curlOf(form);
}

for (const form of document.querySelectorAll(".try form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
  form.addEventListener("input", () => refresh(form));
  form.querySelector("[data-copy]").addEventListener("click", async (event) => {
    const line = form.querySelector(".curl code");
    try {
      await navigator.clipboard.writeText(line.textContent);
      event.target.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(line);
      event.target.textContent = "Selected";
    }
  });
  refresh(form);
}

// With a token, the service tells the details of all routes. Forms stay as they were filled in.
if (token) {
  token.addEventListener("change", async () => {
    if (!token.value) return;
    try {
      const answer = await fetch(location.href, {
        headers: { [header]: token.value },
        cache: "no-store",
      });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const article of page.querySelectorAll("article")) {
        const shown = document.getElementById(article.id);
        if (shown) shown.querySelector(".about").replaceWith(article.querySelector(".about"));
      }
    } catch {
      // The page stays as it is.
    }
  });
}

// The token's field sends nothing by itself.
document.querySelector(".tools").addEventListener("submit", (event) => event.preventDefault());

const documentLink = document.querySelector("[data-document]");
if (documentLink) {
  documentLink.addEventListener("click", async (event) => {
    event.preventDefault();
    const note = document.getElementById("document-note");
    note.textContent = "";
    try {
      const headers = token && token.value ? { [header]: token.value } : {};
      const answer = await fetch(documentLink.href, { headers, cache: "no-store" });
      if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = "openapi.json";
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      note.textContent = String(error.message || error);
    }
  });
}
