// The form of an act: the fields of a type of action come as soon as the type is chosen.
for (const button of document.querySelectorAll('button[value="choose"]')) {
  const type = button.closest("fieldset").querySelector('select[name$=".type"]');
  button.parentElement.hidden = true;
  type.addEventListener("change", () => type.form.requestSubmit(button));
}
