"use strict";

const api = document.getElementById("api");

Redoc.init(api.dataset.description, { expandResponses: "200", hideDownloadButton: false, nativeScrollbars: true }, api);
