// SPDX-License-Identifier: GPL-2.0-only
// The matrix can be read without this. It hides rows and columns that the URL doesn't ask for: ?row=…&column=…&verdict=…
"use strict";
(() => {
	const form = document.getElementById("filter");
	const table = document.querySelector("table.matrix");
	if (!form || !table) return;
	const asked = new URLSearchParams(location.search);
	for (const name of ["row", "column", "verdict"]) form.elements[name].value = asked.get(name) || "";
	form.hidden = false;
	const has = (text, part) => !part || text.toLowerCase().includes(part.toLowerCase());
	const [row, column, verdict] = ["row", "column", "verdict"].map((name) => asked.get(name));
	if (!row && !column && !verdict) return;
	const columns = [...table.tHead.rows[0].cells].map((cell, index) => index === 0 || has(cell.textContent, column));
	for (const line of [table.tHead.rows[0], ...table.tBodies[0].rows])
		[...line.cells].forEach((cell, index) => { cell.hidden = !columns[index]; });
	for (const line of table.tBodies[0].rows) {
		const marks = [...line.querySelectorAll("td:not([hidden]) a")];
		for (const mark of marks) mark.style.visibility = !verdict || mark.dataset.verdict === verdict ? "" : "hidden";
		line.hidden = !has(line.cells[0].textContent, row) || !marks.some((mark) => mark.style.visibility === "");
	}
})();
