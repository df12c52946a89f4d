"use strict";

const api = document.getElementById("api");

document.body.style.margin = "0";
Redoc.init(api.dataset.description, { expandResponses: "200", nativeScrollbars: true }, api);
