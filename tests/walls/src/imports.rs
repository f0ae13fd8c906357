//! Paths that a source file names within its own crate, each from the crate's root.
//!
//! What only tests see (`#[cfg(test)]`) is left out, and so is what macros are given.

use std::collections::BTreeSet;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, UseTree};

/// A path that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Where it is named: modules from the crate's root.
    pub from: Vec<String>,
    /// What is named, from the crate's root.
    pub to: Vec<String>,
}

/// What the file at `path` names of its own crate, whose sources lie in `root`.
///
/// # Panics
///
/// Where it cannot be read, or is not Rust.
#[must_use]
pub fn imports(root: &Path, path: &Path) -> Vec<Import> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let children = file.items.iter().filter_map(|item| if let Item::Mod(child) = item { Some(child) } else { None });
    let mut finder = Finder {
        module: module(path.strip_prefix(root).unwrap_or(path)),
        children: children.map(|child| child.ident.to_string()).collect(),
        found: Vec::new(),
    };
    if !is_test(&file.attrs) {
        finder.visit_file(&file);
    }
    finder.found
}

/// The module of a file: `layer/ring.rs` and `layer/ring/mod.rs` are `layer::ring`.
fn module(path: &Path) -> Vec<String> {
    let mut segments: Vec<String> =
        path.with_extension("").iter().map(|segment| segment.to_string_lossy().into_owned()).collect();
    segments.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
    segments
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

struct Finder {
    module: Vec<String>,
    /// Modules that the file declares: a path may begin with them.
    children: BTreeSet<String>,
    found: Vec<Import>,
}

impl Finder {
    /// Notes a path if it begins in this crate.
    fn note(&mut self, path: &[String]) {
        let mut to = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            Some(child) if path.len() > 1 && self.children.contains(child) => self.module.clone(),
            _ => return,
        };
        for segment in path {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => drop(to.pop()),
                name => to.push(name.to_owned()),
            }
        }
        if !to.is_empty() {
            self.found.push(Import { from: self.module.clone(), to });
        }
    }

    fn tree(&mut self, front: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                front.push(path.ident.to_string());
                self.tree(front, &path.tree);
                front.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(front, tree)),
            UseTree::Name(name) => self.leaf(front, &name.ident.to_string()),
            UseTree::Rename(rename) => self.leaf(front, &rename.ident.to_string()),
            UseTree::Glob(_) => self.note(front),
        }
    }

    fn leaf(&mut self, front: &[String], name: &str) {
        self.note(&[front, &[name.to_owned()]].concat());
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            _ => &[][..],
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&mut Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&segments);
        visit::visit_path(self, path);
    }

    /// `pub(super)` and `pub(in crate::room)` open a door and go through none.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let folder = std::env::temp_dir().join(format!("tracesnap-walls-{}", std::process::id()));
        let path = folder.join("layer/ring.rs");
        std::fs::create_dir_all(folder.join("layer")).unwrap();
        std::fs::write(&path, text).unwrap();
        let found = imports(&folder, &path);
        std::fs::remove_dir_all(&folder).unwrap();
        found.into_iter().map(|import| import.to.join("::")).collect()
    }

    #[test]
    fn paths_are_told_from_the_root_and_those_of_tests_and_of_others_are_not() {
        let text = "use crate::{tree::{Call, events}, Error as Failure};\nuse super::row::*;\nuse std::fmt;\n\
                    pub(in crate::tracer) fn f() { super::super::file::save(); crate::export::csv(); }\n\
                    mod inner { use super::own; }\npub use inner::Deep;\n\
                    #[cfg(test)] mod tests { use crate::snapshot::Detail; }\n\
                    // use crate::filter;\n";
        let told = [
            "tree::Call",
            "tree::events",
            "Error",
            "layer::row",
            "file::save",
            "export::csv",
            "layer::ring::own",
            "layer::ring::inner::Deep",
        ];
        assert_eq!(of(text), told);
    }
}
