"""The pages that are tried and pictured here: of the sample project, and of very many fields."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fieldkeep.core.catalog.catalog import CatalogField, Values
from fieldkeep.edges.files import packaged
from fieldkeep.render import catalog as render
from tests.core.build import World, read, unread
from tests.core.catalog.build import catalog
from tests.scenarios.world import Project, SQLiteWorld

COMPANY = "fields/company.yaml"
HOSTILE = '<script>document.title="run"</script><img src="//example.com/a" onerror="alert(1)">'
TURNED = "\u202eabc حقل الموقع"
MANY = 5000


def sample(folder: Path) -> tuple[Path, Path]:
    """The catalogue and the plan of the sample project, with a history of three applies, an edit
    in the application that git does not say, and a commit that is not applied."""
    project = Project(folder)
    project.git("init", "--quiet", "--initial-branch=main")
    world = SQLiteWorld(project, "skills/eye/metadata/fields")
    good = (folder / COMPANY).read_text("utf-8")
    for name in ("Company", "Client", "Customer"):
        changed = good.replace("display_name: Company", f"display_name: {name}")
        (folder / COMPANY).write_text(changed, "utf-8")
        project.commit(f"Call it {name}")
        world.sync()
    world.application(lambda fields: fields["glpi_url"].update(display_name="GLPI ticket"))
    world.application(lambda fields: fields["vendor"].update(display_name="Manufacturer"))
    moved = changed.replace("order: 10", "order: 90").replace("pages: all", "pages: [services]")
    (folder / COMPANY).write_text(moved, "utf-8")
    project.commit("Show it last, and on one page")
    world.run("catalog", "--out", "site")
    world.run("plan", "--page", "plan.html")
    return folder / "site" / "index.html", folder / "plan.html"


def hostile() -> str:
    """A catalogue in which every text that people write would like to be more."""
    values = {
        "display_name": HOSTILE,
        "description": HOSTILE + TURNED + "x" * 5000,
        "category": [HOSTILE, TURNED],
        "type": "select",
        "options": [HOSTILE, TURNED, "y" * 5000],
        "default": HOSTILE,
        "placeholder": HOSTILE,
        "validation": {"regex": "a", "message": HOSTILE},
    }
    world = World({"company": values, "site": {"display_name": TURNED}}, (
        read(HOSTILE, "company", "site"), unread("south", HOSTILE),
    ))  # fmt: skip
    world.sync()
    world.edit("company", display_name=HOSTILE + "live", description=TURNED)
    return render.page(catalog(world), packaged.template)


def many() -> str:
    """A catalogue of 5,000 fields, all a little different, with what each can have."""
    names = [f"label_{number}" for number in range(25)]
    world = World(
        {
            name: {
                "display_name": f"Label {number}",
                "description": f"What label {number} says of the monitored asset, in a sentence.",
                "category": ["basic", "place", "technical"][number % 3],
            }
            for number, name in enumerate(names)
        },
        tuple(read(site, *names) for site in ("north", "south", "east")),
    )
    world.sync()
    few = catalog(world)

    def copied(field: CatalogField, copy: int) -> CatalogField:
        def side(values: Values | None) -> Values | None:
            return values and {
                **values,
                "display_name": f"{values['display_name']} of {copy}",
                "description": f"{values['description']} Only number {copy} is about {copy * 7}.",
                "source_label": f"__meta_consul_service_metadata_{field.name}_{copy}",
            }

        return replace(
            field,
            name=f"{field.name}_{copy}",
            live=side(field.live),
            git=side(field.git),
            after=side(field.after),
        )

    copies = range(MANY // len(few.fields))
    fields = tuple(copied(field, copy) for copy in copies for field in few.fields)
    return render.page(replace(few, fields=fields), packaged.template)
